"""The chapters of ICD-10-CM in words of everyday life. Pure Python; the official titles stand in the classification itself."""

# For each chapter: a name of at most five words, and one sentence of at most a hundred characters on what is in it.
CHAPTERS: dict[str, tuple[str, str]] = {
    "1": ("Infections", "Illnesses caused by bacteria, viruses, fungi and parasites, such as measles or food poisoning."),
    "2": ("Cancer and other growths", "Cancers of every part of the body, and growths that are not cancer."),
    "3": ("Blood and immune system", "Too little iron, blood that clots too much or too little, and weak defences against germs."),
    "4": (
        "Hormones, diabetes and nutrition",
        "Diabetes, thyroid problems, weight, and too much or too little of what the body needs.",
    ),
    "5": ("Mind and behaviour", "Depression, anxiety, dementia, addiction, autism and other conditions of mind and mood."),
    "6": ("Brain and nerves", "Migraine, epilepsy, sleep problems, and diseases of the brain, spinal cord and nerves."),
    "7": ("Eyes", "Clouded lenses, sore and dry eyes, and other reasons for trouble seeing."),
    "8": ("Ears", "Ear infections, hearing loss, dizziness that comes from the ear, and ringing in the ears."),
    "9": ("Heart and circulation", "High blood pressure, heart attack, stroke, and diseases of arteries and veins."),
    "10": ("Lungs and breathing", "Colds, flu, asthma, pneumonia and other diseases of the nose, throat and lungs."),
    "11": ("Teeth, stomach and gut", "Teeth and mouth, stomach, bowels, liver and gallbladder: from tooth decay to hernias."),
    "12": ("Skin, hair and nails", "Rashes, eczema, acne, sores, hair loss and other changes of skin, hair and nails."),
    "13": ("Bones, joints and muscles", "Arthritis, back pain, gout, thin bones, and diseases of muscles and tendons."),
    "14": (
        "Kidneys, bladder, sex organs",
        "Kidneys, bladder, prostate, breasts, womb and ovaries: infections, stones, periods and more.",
    ),
    "15": ("Pregnancy and birth", "What can happen during pregnancy, at the birth, and in the weeks after it."),
    "16": ("Newborn babies", "Problems that begin before, during or shortly after birth, such as being born early."),
    "17": ("Conditions present from birth", "Differences of heart, spine, face, limbs or chromosomes that a child is born with."),
    "18": ("Symptoms and test results", "Fever, pain, cough and unusual results, where no cause has been found yet."),
    "19": ("Injuries and poisoning", "Broken bones, wounds, burns, poisoning, and harm from medicines or from operations."),
    "20": ("What caused an injury", "How it came about: falls, traffic, animals, weather, violence and other causes."),
    "21": ("Check-ups, screening and care", "Reasons to see a health service without being ill: check-ups, vaccines, aftercare."),
    "22": ("Codes for special purposes", "New diseases, such as COVID-19, and others that got their code between editions."),
}
