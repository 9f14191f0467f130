"""What a person wrote in a mail: HTML as lines, new text without quotes and signatures, and its first sentences."""
