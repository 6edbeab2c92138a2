"""Scale's callbacks: is the header the one that only Scale knows? For WSGI, ASGI and by hand."""
