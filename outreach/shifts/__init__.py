"""Staffed sessions: who is where, when it was planned and when it really was."""
