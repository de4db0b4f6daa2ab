"""Lesson 04: is reward the optimisation target?"""
