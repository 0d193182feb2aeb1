# tidegate_add_plugin(NAME SOURCES file... [LIBRARIES target...])
#
# Builds NAME.so, a plugin that exports its one entry function and nothing else: hidden visibility alone
# would leak the standard library's templates, and two plugins would then share each other's inline
# variables. The target is plugin_NAME. `cmake --install` puts it into TIDEGATE_PLUGIN_DESTINATION, which
# find_package(Tidegate) sets to the folder below the prefix in which a host of that prefix looks.
set(TIDEGATE_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

function(tidegate_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "tidegate_add_plugin(${name}): SOURCES are missing")
  endif()
  set(target plugin_${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE Tidegate::sdk ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name}
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${TIDEGATE_PLUGIN_VERSION_SCRIPT})
  target_link_options(${target} PRIVATE
    LINKER:--version-script=${TIDEGATE_PLUGIN_VERSION_SCRIPT} LINKER:-z,now LINKER:-z,relro)
  # A sanitizer's run time lives in the program that loads the plugin.
  if(NOT TIDEGATE_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:--no-undefined)
  endif()
  # The host opens nothing that another account may write; a build with umask 002 would make just that.
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND chmod go-w $<TARGET_FILE:${target}> $<TARGET_FILE_DIR:${target}> VERBATIM)
  if(TIDEGATE_PLUGIN_DESTINATION)
    install(TARGETS ${target} LIBRARY DESTINATION ${TIDEGATE_PLUGIN_DESTINATION}
      PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  endif()
endfunction()
