"""Pedigree makes synthetic labelled datasets. Its sub-packages may import each other as tests/test_house.py lists."""
