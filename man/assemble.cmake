# Copies a page and puts the output of `croft __man PART` in the place of each line "@PART@".
file(READ ${FROM} page)
foreach(part commands exit-status settings system-calls)
  if(page MATCHES "@${part}@")
    execute_process(COMMAND ${CROFT} __man ${part} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    string(REPLACE "@${part}@\n" "${text}" page "${page}")
  endif()
endforeach()
file(WRITE ${TO} "${page}")
