"""What a workspace itself says about its product: metadata.py reads package files, facts.py its documents."""
