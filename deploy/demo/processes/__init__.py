"""The demo's servers and processes: started, supervised, waited for; their outages, data and logs."""
