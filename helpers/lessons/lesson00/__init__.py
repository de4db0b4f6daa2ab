"""Lesson 00: same score, same goal?"""
