"""What the workbook says of itself: a few lines above the table, and a sheet for who wants more."""

SUMMARY = (
    "1. Tapez les heures du mois de chaque personne. Une case vide ne change rien ; 0 dit qu’elle n’a pas travaillé.",
    "2. Une personne nouvelle : sur une ligne vide, toutes les cases, à droite comprises. Collez en valeurs.",
    "3. Enregistrez, puis envoyez ce fichier depuis la page du mois : le portail dit ce qu’il a lu avant de garder.",
    "La colonne « Nom (reste chez vous) » est pour vous : le portail ne la lit pas.",
)

HOW_TO = (
    "Remplir le mois avec ce fichier",
    "Les personnes déjà connues sont sur la feuille « Le mois » : tapez leurs heures, formation comprise, et "
    "« dont formation » s’il y en a. 130, 112,50 ou « 130 h » se lisent tous.",
    "Une case laissée vide ne change rien à ce que le brouillon dit déjà. Pour dire qu’une personne n’a pas travaillé, "
    "tapez 0. Une personne absente du fichier reste dans le mois comme elle y est.",
    "Une personne qui part : tapez le jour de la sortie, et choisissez le motif dans la liste.",
    "Une personne nouvelle : sur une ligne vide, tapez son matricule, son contrat, son entrée et ses heures, puis le "
    "nom de naissance, le prénom, la date de naissance, le sexe et le mode. Nom et date de naissance servent une seule "
    "fois à fabriquer une empreinte, qui ne se relit pas : ils ne sont gardés nulle part, ni redemandés.",
    "Le matricule est le numéro que vous donnez à la personne. Il porte au moins un chiffre, jamais son nom, ni son "
    "numéro de sécurité sociale.",
    "La colonne « Nom (reste chez vous) » vous sert à vous y retrouver. Elle n’est pas lue. Pour plus de prudence, "
    "effacez-la avant d’envoyer le fichier.",
    "Les dates se tapent comme « 03/11/2026 », « 2026-11-03 » ou « 3 novembre 2026 ».",
    "Pas de formules : si vos colonnes viennent d’un autre tableau, collez-les en valeurs (« collage spécial »).",
    "Le fichier s’enregistre en XLSX, en ODS ou en CSV. Les colonnes peuvent changer d’ordre ; leurs titres doivent "
    "rester. Les titres et les cases grises sont protégés, sans mot de passe.",
    "Le portail lit d’abord à blanc : il montre ce qui changerait et les lignes à corriger, avec la case et la raison. "
    "Rien n’est gardé avant votre réponse, et rien n’est déposé : la déclaration se dépose ensuite, sur sa page.",
)
