"""HTTP for scripts: requests and answers as data, bodies that stay bounded, and a client for each run."""
