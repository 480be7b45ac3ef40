# car_add_cell(NAME SOURCE): builds the plugin NAME.so from one C file.
#
# Works in Carousel's own build and, after find_package(Carousel), in anybody's:
#   find_package(Carousel REQUIRED)
#   car_add_cell(mycell mycell.c)
# A plugin needs the headers of the target Carousel::cell and nothing else.
#
#   lib/carousel/cells/NAME.so     the plugin, installed
#   lib/carousel/cells64/NAME.so   the same with 64-bit reals, which gradients are checked with; not installed
# The targets are cell_NAME and cell64_NAME.
#
# car_add_static_cell(NAME SOURCE): the same source as the static libraries
# cell_static_NAME and cell_static64_NAME, to link a cell into a test.  The entry
# is then carousel_plugin_NAME(), with "_" for "-".

# What all builds of a cell have in common.  No -ffast-math: it would change the
# floating-point mode of the whole program when the plugin is loaded.
function(car_cell_options target bits)
  set_target_properties(${target} PROPERTIES C_STANDARD 17 C_STANDARD_REQUIRED ON C_EXTENSIONS ON
    C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${target} PRIVATE Carousel::cell)
  target_compile_options(${target} PRIVATE -O3 -fno-math-errno -fno-trapping-math ${CAROUSEL_C_WARNINGS})
  target_compile_definitions(${target} PRIVATE CAR_REAL_BITS=${bits})
endfunction()

function(car_add_cell name source)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cell.map)
  foreach(bits 32 64)
    string(REPLACE 32 "" width ${bits})
    set(target cell${width}_${name})
    add_library(${target} MODULE ${source})
    car_cell_options(${target} ${bits})
    target_link_libraries(${target} PRIVATE m)
    target_link_options(${target} PRIVATE -Wl,--version-script=${map})
    # The sanitizers' run-time lives in the program, so their symbols stay undefined here.
    if(NOT "${CMAKE_C_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}" MATCHES "-fsanitize" AND NOT CAROUSEL_SANITIZE)
      target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
    # What others may write is refused when it is to be loaded, whatever the umask was.
    set(folder ${PROJECT_BINARY_DIR}/lib/carousel/cells${width})
    file(MAKE_DIRECTORY ${folder})
    file(CHMOD ${folder} DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
      WORLD_READ WORLD_EXECUTE)
    add_custom_command(TARGET ${target} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${target}>)
    set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX .so OUTPUT_NAME ${name} LINK_DEPENDS ${map}
      LIBRARY_OUTPUT_DIRECTORY ${folder})
  endforeach()
  install(TARGETS cell_${name} LIBRARY DESTINATION lib/carousel/cells)
endfunction()

function(car_add_static_cell name source)
  string(REPLACE "-" "_" suffix ${name})
  foreach(bits 32 64)
    string(REPLACE 32 "" width ${bits})
    set(target cell_static${width}_${name})
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${source})
    car_cell_options(${target} ${bits})
    target_link_libraries(${target} INTERFACE m)
    target_compile_definitions(${target} PRIVATE carousel_plugin=carousel_plugin_${suffix})
  endforeach()
endfunction()
