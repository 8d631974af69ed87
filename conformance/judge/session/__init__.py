"""What a recorded session shows: rules and numbers over its entries; pure."""
