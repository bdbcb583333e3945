"""Deliveries of decisions: ``schedule`` places them within capacity and time, and knows no Kafka, target or clock.

``journal`` keeps on a topic what was placed and delivered, and ``loop`` reads alerts, keeps the journal, and delivers
what is due. A placement is in the journal before anything of it is delivered.
"""
