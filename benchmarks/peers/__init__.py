"""What we are measured against. Each peer has its own environment, so that its versions do not touch ours."""
