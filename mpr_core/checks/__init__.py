"""What a media engineer would look at in each stage's output before trusting it; findings warn and stop nothing."""
