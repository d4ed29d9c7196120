"""The server around the pages: ASGI middleware, host names, process setup, Streamlit's private parts."""
