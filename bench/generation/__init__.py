# SPDX-License-Identifier: Apache-2.0
"""What generated music measures: a file for each table, and what the tables share.

run         all tables and pictures
windows     held-out prompts, what really followed, parts that play together
systems     who continues a prompt: baselines, and engines with their settings
players     engines asked many questions in several processes
requests    random requests as users make them

following   how near continuations come to what really followed
mgeval      distributions of features against real music
lag         how much new bars repeat earlier ones
copying     whether new music was copied from training
accompany   whether an accompaniment listens
voices      broken rules in four voices
"""
