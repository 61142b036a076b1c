-- A neutralized copy never reaches SEFAZ: back to the simulator, seals dropped.
UPDATE res_company
   SET fbr_environment = 'simulator',
       fbr_production_seal = NULL;
