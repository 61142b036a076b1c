-- A neutralized copy never reaches SEFAZ, customers or accountants: back to the simulator, seals dropped.
UPDATE res_company
   SET fbr_environment = 'simulator',
       fbr_production_seal = NULL,
       fbr_export_monthly = FALSE,
       fbr_export_to_folder = FALSE,
       fbr_mail_on_authorization = FALSE;
