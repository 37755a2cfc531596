"""What runs models beside MPR's own OpenVINO: each file imports its library when it is used, never before."""
