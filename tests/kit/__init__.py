"""What tests share: servers, topics, waiting, histories and comparisons."""
