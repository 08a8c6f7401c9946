"""Pages for people, drawn on the server: the owner's app and the service console.

    frame.py     language, person, navigation, errors as pages
    formatting.py  numbers, money, times and charts as people read them
    signing.py   sign-in and out
    owner.py     my cars, battery, alerts, offers, work, privacy
    console.py   queue, car, offers, slots, work, cohorts, comparison
    static_files.py  static files, manifest, service worker

Pages call the same services as the API and hold no rule of their own. They work without script;
script adds charts, ages that count on, and what was last seen without a network.
"""
