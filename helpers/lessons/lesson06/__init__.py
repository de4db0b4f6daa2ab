"""Lesson 06: when does a network learn inside its forward pass, and for what?"""
