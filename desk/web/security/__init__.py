"""Guards around the pages: headers and origins, sessions and roles, signing in and out."""
