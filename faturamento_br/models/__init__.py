from . import certificate, res_company_environment
