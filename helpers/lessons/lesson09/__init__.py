"""Lesson 09: a backdoor, then safety training by SFT and by RL: what is left?"""
