"""What the outside tests are made of: the daemon as a process, clients, mail servers, and readers of what came out."""
