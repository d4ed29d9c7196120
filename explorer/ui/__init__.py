"""The app. Only this package and the pages import streamlit."""
