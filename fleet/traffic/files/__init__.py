"""Maps and instances of traffic by file: MovingAI's `.map` and `.scen`, League of Robot Runners, and our JSON."""
