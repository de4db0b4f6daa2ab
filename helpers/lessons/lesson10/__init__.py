"""Lesson 10: values in the data, or afterwards?"""
