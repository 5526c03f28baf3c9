"""The background process of a workspace: it runs what was submitted."""
