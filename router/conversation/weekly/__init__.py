"""What a week of conversations tells the founders: whom to ring, who thanks, whether we kept our word. Pure policy."""
