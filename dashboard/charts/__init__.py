"""Studies and layouts of the price chart: what is read and computed."""
