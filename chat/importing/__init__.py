"""Chats from elsewhere: exports of ChatGPT, Open WebUI and Atelier, read by a job on `media`."""
