"""Stand-ins for the outside world, over real HTTP. Imports nothing of ours on purpose."""
