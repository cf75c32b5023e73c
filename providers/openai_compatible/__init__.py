"""The client of endpoints that speak the OpenAI HTTP API."""
