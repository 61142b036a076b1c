{
    "name": "Faturamento BR: várias máquinas",
    "summary": "Transmissão de NF-e por várias máquinas Odoo, com a fila queue_job da OCA",
    "version": "19.0.1.0.0",
    "category": "Accounting/Localizations/EDI",
    "license": "LGPL-3",
    "author": "faturamento_br",
    "countries": ["br"],
    "depends": ["faturamento_br", "queue_job"],
    "data": ["data/queue_data.xml"],
}
