"""What a vendor's robot does by itself: finding its way, giving way, manipulation, holding when nobody commands it."""
