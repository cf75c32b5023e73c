"""Messages that wait for the running answer to end, and run one after another."""
