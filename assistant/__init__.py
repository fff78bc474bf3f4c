"""知图 (Zhitu): ask, interview and map a learner's own deep-learning notes."""

__version__ = "0.1.0"
