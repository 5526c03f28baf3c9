"""The nouns of Azure ML, on open engines: workspaces, links, computes, data, experiments, runs."""
