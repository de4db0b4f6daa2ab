"""Lesson 05: of which method can you say in advance what comes out?"""
