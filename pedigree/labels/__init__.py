"""What is known of the labels: estimates of how many are right, by people, by judge models and by a classifier."""
