# compare_printed.cmake - fails where `citygate print-config FLAG` prints something else than the file EXPECTED holds.
execute_process(COMMAND ${CITYGATE} print-config ${FLAG} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${CITYGATE} print-config ${FLAG} ended with ${status}")
endif()
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${EXPECTED} is out of date; make it anew: citygate print-config ${FLAG} > ${EXPECTED}")
endif()
