# cmake -DFILES="A;B" -DNAME=x -DOUT=x.c -P embed.cmake: a C file with the content of
# files, as the array x of car_embedded (tools/embedded.h).
set(text "#include \"tools/embedded.h\"\n")
set(table "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND text "\nstatic const char bytes_${identifier}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", bytes_${identifier}},\n")
endforeach()
file(WRITE ${OUT} "${text}\nconst car_embedded ${NAME}[] = {\n${table}    {0}};\n")
