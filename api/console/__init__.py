"""The operator console: a NiceGUI page on the API's own application. Everything it does, it does over the HTTP API."""
