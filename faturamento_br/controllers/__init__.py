from . import portal, portal_documents
