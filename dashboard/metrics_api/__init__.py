"""What monitoring asks the server: is it ready, and what are its figures?"""
