"""Long sources cut into chunks: by stream copy at keyframes, with a manifest that says where each chunk lies; and what media-in holds."""
