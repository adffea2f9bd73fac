"""Many robots on a graph, one step at a time: the compiled core of traffic.

`Graph` is where robots can be, `Distances` how far it is to their goals, `Pibt` says who steps where next (robots keep
getting new goals), `solve` finds whole plans for given goals. Importing this loads no compiler; the first plan does.
"""
